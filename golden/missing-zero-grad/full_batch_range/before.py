import torch
import torch.nn as nn
from torch.autograd import Variable

torch.manual_seed(1)
x_data = Variable(torch.tensor([[1.0], [2.0], [3.0], [4.0]]))
y_data = Variable(torch.tensor([[0.], [0.], [1.], [1.]]))


class Model(torch.nn.Module):
    def __init__(self):
        super(Model, self).__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))


model = Model()
criterion = nn.BCELoss(reduction='mean')
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(300):
    # Forward pass: predicted probability of a pass
    y_pred = model(x_data)

    # Compute and print loss
    loss = criterion(y_pred, y_data)
    if epoch % 100 == 0:
        print(epoch, loss.item())

    # Backward pass, then the update of the weights
    loss.backward()
    optimizer.step()

print('hours of study for even odds: %.2f' % (-model.linear.bias / model.linear.weight).item())
